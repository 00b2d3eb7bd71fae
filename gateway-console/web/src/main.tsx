import "@mantine/core/styles.css";
import "./style.css";
import { createTheme, MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { ApiProblem } from "./api";
import { App } from "./app";
import { LanguageProvider } from "./language";
import { NoticeProvider } from "./notices";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What a gateway refuses, it refuses again.
      retry: (count, error) => !(error instanceof ApiProblem && error.status < 500) && count < 3,
      staleTime: 1000,
    },
    mutations: { retry: false },
  },
});

const theme = createTheme({ fontFamily: "var(--font)", headings: { fontFamily: "var(--font)" } });

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    {/* The Content-Security-Policy allows no styles within the page: style.css has the variables instead. */}
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withStaticClasses={false} withGlobalClasses={false}>
      <LanguageProvider>
        <QueryClientProvider client={queries}>
          <NoticeProvider>
            <Router base="/console">
              <App />
            </Router>
          </NoticeProvider>
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  </StrictMode>,
);

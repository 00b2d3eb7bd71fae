// The overview, about once a second, as long as somebody can see the page.
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { ApiProblem, EVENTS, type Overview, readSelf } from "./api";

interface Live {
  overview: Overview | null;
  /** Whether the gateway has not been heard from for some seconds. */
  lost: boolean;
}

/** Each second has an overview; some may be late. */
const LOST_MS = 5000;
const RETRY_MS = 3000;

const Context = createContext<Live>({ overview: null, lost: false });

/** @param watches whether whoever has signed in may see the overview */
export function LiveProvider({ watches, children }: { watches: boolean; children: ReactNode }) {
  const [overview, setOverview] = useState<Overview | null>(null);
  const [lost, setLost] = useState(false);
  const queries = useQueryClient();
  useEffect(() => {
    if (!watches) return;
    let source: EventSource | null = null;
    let late: ReturnType<typeof setTimeout> | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let wasLost = false;
    let gone = false;
    const expect = () => {
      clearTimeout(late);
      late = setTimeout(() => {
        wasLost = true;
        setLost(true);
      }, LOST_MS);
    };
    const stop = () => {
      clearTimeout(late);
      clearTimeout(retry);
      source?.close();
      source = null;
    };
    const start = () => {
      stop();
      expect();
      source = new EventSource(EVENTS);
      source.addEventListener("overview", (event) => {
        setOverview(JSON.parse(event.data) as Overview);
        expect();
        setLost(false);
        if (wasLost) {
          wasLost = false;
          void queries.invalidateQueries();
        }
      });
      source.onerror = () => {
        // A browser does not say why. If the login has ended, this leads to the sign-in page.
        if (source?.readyState === EventSource.CLOSED) {
          retry = setTimeout(start, RETRY_MS);
        }
        readSelf().catch((error: unknown) => {
          if (error instanceof ApiProblem && error.status === 401) stop();
        });
      };
    };
    // Browsers allow six connections to a gateway; pages that nobody sees must not take them.
    const isSeen = () => !gone && document.visibilityState === "visible";
    const seen = () => {
      stop();
      if (!isSeen()) return;
      expect();
      // Somebody may have signed in in another tab meanwhile.
      readSelf().then(
        () => isSeen() && start(),
        (error: unknown) => {
          if (error instanceof ApiProblem && error.status === 401) stop();
          else if (isSeen()) start();
        },
      );
    };
    seen();
    document.addEventListener("visibilitychange", seen);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      gone = true;
      stop();
    };
  }, [queries, watches]);
  return <Context.Provider value={{ overview, lost }}>{children}</Context.Provider>;
}

export const useLive = () => useContext(Context);

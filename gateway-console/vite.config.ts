import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: "web",
  base: "/console/",
  plugins: [react()],
  build: {
    outDir: process.env.SLIPWAY_CONSOLE_OUTPUT ?? "../target/files",
    emptyOutDir: true,
    // The Content-Security-Policy allows files of the gateway only.
    assetsInlineLimit: 0,
    // For the releases: the licences of the libraries that end up in the scripts.
    license: { fileName: "licenses.md" },
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
  // For work on the console: npx vite, beside a gateway with admin.port 8080.
  server: { proxy: { "/api": { target: "http://127.0.0.1:8080", changeOrigin: true } } },
});

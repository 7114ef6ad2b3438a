import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // The server mounts the page at /demo; relative addresses work behind any prefix.
  base: "./",
  resolve: {
    alias: {
      "@antiphon/client/element": here("../clients/js/src/element.ts"),
      "@antiphon/client": here("../clients/js/src/index.ts"),
    },
  },
  build: {
    // Package data of the server: what `antiphon serve` and the wheel carry.
    outDir: here("../src/antiphon/gateway/page"),
    emptyOutDir: true,
    target: "es2022",
    // The page's content policy allows no inline code and no data: scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `npm run dev --workspace web` beside a running server.
  server: {
    proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true } },
  },
});

import { defineConfig } from "vite";

export default defineConfig({
  base: "/demo/",
  build: {
    outDir: "../src/antiphon/gateway/page",
    emptyOutDir: true,
    // The page's content policy allows no inline code or styles.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});

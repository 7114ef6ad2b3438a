import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      "@antiphon/client/element": here("clients/js/src/element.ts"),
      "@antiphon/client": here("clients/js/src/index.ts"),
    },
  },
  test: {
    environment: "jsdom",
    include: ["clients/js/test/**/*.test.ts", "web/test/**/*.test.ts"],
    testTimeout: 20_000,
    restoreMocks: true,
  },
});

import { defineConfig, type Plugin } from "vitest/config";

/** KaTeX lists every font three times; every browser that runs the page reads woff2. */
function woff2Only(): Plugin {
  return {
    name: "woff2-only",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("katex") || !id.endsWith(".css")) return null;
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'](?:woff|truetype)["']\)/g, "");
    },
  };
}

export default defineConfig({
  base: "/static/", // where the lab's server has the built files; the page itself is at /
  plugins: [woff2Only()],
  build: {
    outDir: "../src/layerwise/lab/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the page's policy allows no data: fonts or styles
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: { fs: { allow: [".."] } }, // tests read what the Python side declares
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"] },
});

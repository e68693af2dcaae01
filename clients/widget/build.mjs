// Builds dist/: the script, its types, and what a gateway needs to know to serve it. The same sources give the same bytes,
// which test/unit/dist.test.mjs holds against what is committed.
//   node build.mjs [--out DIRECTORY]
import { build, transform } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

const here = import.meta.dirname;
const { values } = parseArgs({ options: { out: { type: "string", default: join(here, "dist") } } });
const { version } = JSON.parse(await readFile(join(here, "package.json"), "utf8"));

/** The first browsers with all that is used, from spring 2023. */
const target = ["chrome111", "edge111", "firefox111", "safari16.4"];
/** In classic scripts as in modules: plugins that combine or delay scripts change one into the other. */
const common = { bundle: true, minify: true, format: "iife", target, charset: "utf8", legalComments: "none", write: false };

const folder = join(here, "languages");
const files = (await readdir(folder)).filter((file) => file.endsWith(".json")).sort();
/** By language, without the blanks that are there for people. */
const texts = new Map();
for (const file of files) texts.set(file.replace(".json", ""), JSON.parse(await readFile(join(folder, file), "utf8")));
const textsHash = createHash("sha256").update(JSON.stringify([...texts])).digest("hex").slice(0, 16);

/** English and the words for the button are part of the script; the others come with the first click, one of them. */
function languages() {
  const button = Object.fromEntries([...texts].map(([language, { open }]) => [language, open]));
  return Object.entries({ english: texts.get("en"), button, edition: textsHash })
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`).join("\n");
}

const made = {
  name: "made",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^virtual:languages$/ }, ({ path }) => ({ path, namespace: "made" }));
    onLoad({ filter: /^virtual:languages$/, namespace: "made" }, () => ({ contents: languages() }));
    onResolve({ filter: /\.worker\.ts\?text$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace("?text", "")),
      namespace: "worker",
    }));
    onLoad({ filter: /./, namespace: "worker" }, async ({ path }) => {
      const { outputFiles } = await build({ ...common, entryPoints: [path] });
      return { contents: outputFiles[0].text, loader: "text" };
    });
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const { outputFiles } = await build({
  ...common,
  entryPoints: [join(here, "src/main.ts")],
  plugins: [made],
  define: { VERSION: JSON.stringify(version) },
});
const script = outputFiles[0].contents;
const digest = (algorithm, encoding) => createHash(algorithm).update(script).digest(encoding);
const manifest = {
  version,
  bytes: script.length,
  gzip_bytes: gzipSync(script, { level: 9 }).length,
  hash: digest("sha256", "hex").slice(0, 16),
  languages: { edition: textsHash, names: [...texts.keys()] },
  integrity: `sha384-${digest("sha384", "base64")}`,
};

await mkdir(join(values.out, "languages"), { recursive: true });
for (const [language, words] of texts) await writeFile(join(values.out, "languages", `${language}.json`), JSON.stringify(words));
await writeFile(join(values.out, "widget.js"), script);
await writeFile(join(values.out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await writeFile(join(values.out, "widget.d.ts"), await readFile(join(here, "types/public.d.ts")));
console.log(`widget.js: ${manifest.bytes} bytes, ${manifest.gzip_bytes} gzipped`);

// Builds dist/: the script, its types, and what a gateway needs to know to serve it. The same sources give the same
// bytes, which test/unit/dist.test.mjs holds against what is committed.
//   node build.mjs [--out DIRECTORY]
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { common, edition, made, texts } from "./made.mjs";

const here = import.meta.dirname;
const { values } = parseArgs({ options: { out: { type: "string", default: join(here, "dist") } } });
const { version } = JSON.parse(await readFile(join(here, "package.json"), "utf8"));

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
    languages: { edition, names: [...texts.keys()] },
    integrity: `sha384-${digest("sha384", "base64")}`,
};

await mkdir(join(values.out, "languages"), { recursive: true });
for (const [language, words] of texts)
    await writeFile(join(values.out, "languages", `${language}.json`), JSON.stringify(words));
await writeFile(join(values.out, "widget.js"), script);
await writeFile(join(values.out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await writeFile(join(values.out, "widget.d.ts"), await readFile(join(here, "types/public.d.ts")));
console.log(`widget.js: ${manifest.bytes} bytes, ${manifest.gzip_bytes} gzipped`);

// Builds dist/: one script and its types.
import { execFileSync } from "node:child_process";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = import.meta.dirname;
const dist = join(here, "dist");
await rm(dist, { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "--emitDeclarationOnly"], { cwd: here, stdio: "inherit" });
// The compiler writes the names of the sources into them, which are not there.
for (const file of await readdir(dist)) {
    const text = await readFile(join(dist, file), "utf8");
    await writeFile(
        join(dist, file),
        text.replace(/(from "\.\/\w+)\.ts"/g, '$1.js"').replace(/(import\("\.\/\w+)\.ts"/g, '$1.js"'),
    );
}
const { outputFiles } = await build({
    entryPoints: [join(here, "src/index.ts")],
    bundle: true,
    minify: true,
    keepNames: false,
    format: "esm",
    platform: "neutral", // whatever is only Node's or only a browser's does not resolve
    target: ["es2022"],
    legalComments: "none",
    write: false,
});
await writeFile(join(dist, "index.js"), outputFiles[0].contents);
console.error(
    `index.js: ${outputFiles[0].contents.length} bytes, ${gzipSync(outputFiles[0].contents, { level: 9 }).length} gzipped`,
);

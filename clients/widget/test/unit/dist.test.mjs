// What is committed in dist/ is what the sources make, and small.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

const home = join(import.meta.dirname, "../..");
const dist = join(home, "dist");
const script = await readFile(join(dist, "widget.js"));

test("a fresh build gives the bytes that are committed", async () => {
    const fresh = await mkdtemp(join(tmpdir(), "vestibule-widget-"));
    try {
        await promisify(execFile)(process.execPath, [join(home, "build.mjs"), "--out", fresh]);
        const files = async (folder) =>
            (await readdir(folder, { recursive: true, withFileTypes: true }))
                .filter((entry) => entry.isFile())
                .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
                .sort();
        assert.deepEqual(await files(fresh), await files(dist));
        for (const file of await files(fresh)) {
            assert.ok(
                (await readFile(join(fresh, file))).equals(await readFile(join(dist, file))),
                `dist/${file} is old: npm run build`,
            );
        }
    } finally {
        await rm(fresh, { recursive: true, force: true });
    }
});

test("the script has less than 25,000 bytes gzipped", () => {
    const size = gzipSync(script, { level: 9 }).length;
    console.log(`# ${script.length} bytes, ${size} gzipped`);
    assert.ok(size < 25_000, `${size} bytes`);
});

test("the manifest says what the script is", async () => {
    const manifest = JSON.parse(await readFile(join(dist, "manifest.json"), "utf8"));
    assert.equal(manifest.integrity, `sha384-${createHash("sha384").update(script).digest("base64")}`);
    assert.equal(manifest.hash, createHash("sha256").update(script).digest("hex").slice(0, 16));
    assert.ok(script.includes(manifest.languages.edition));
    const languages = (await readdir(join(dist, "languages"))).map((file) => file.replace(".json", "")).sort();
    assert.deepEqual(manifest.languages.names, languages);
});

test("the script uses nothing that the browsers of the documentation lack", () => {
    const newer =
        /URL\.canParse|checkVisibility|AbortSignal\.any|withResolvers|\.toSorted\(|\.groupBy\(|showPopover|Set\.prototype\.union/;
    assert.doesNotMatch(script.toString(), newer);
});

test("the script evaluates no text, writes no markup and needs no module", () => {
    const text = script.toString();
    for (const forbidden of [
        /\beval\(/,
        /new Function/,
        /\.innerHTML/,
        /insertAdjacentHTML/,
        /document\.write/,
        /import\.meta/,
        /\bimport\(/,
        /setAttribute\("style"/,
    ]) {
        assert.doesNotMatch(text, forbidden);
    }
    const addresses = [...text.matchAll(/https?:\/\/[\w.-]+\.\w+/g)].map(([address]) => address);
    assert.deepEqual([...new Set(addresses)], ["http://www.w3.org"], "the name of SVG, and nobody else's address");
});

// The widget in a real Chromium, on pages of shops, against a real gateway with a stand-in for AnythingLLM behind it.
// scripts/test-widget.sh runs it; WIDGET_TEST_BIN, DATABASE_URL and REDIS_URL say with what.
import { after, before, describe } from "node:test";
import { accessibility } from "./browser/accessibility.mjs";
import { installers } from "./browser/installers.mjs";
import { languages } from "./browser/languages.mjs";
import { markdown } from "./browser/markdown.mjs";
import { network } from "./browser/network.mjs";
import { people } from "./browser/people.mjs";
import { places } from "./browser/places.mjs";
import { themes } from "./browser/themes.mjs";
import { visit } from "./browser/visit.mjs";
import { visitors } from "./browser/visitors.mjs";
import { SETTINGS, startWorld } from "./support/world.mjs";

const world = {};

before(async () => Object.assign(world, await startWorld()), { timeout: 120_000 });
after(() => world.stop?.());

/** What a test needs, and gives back: shoppers leave, and the shop is set as it was. */
const scene = (run) => async (t) => {
    const open = [];
    let changed = false;
    try {
        await run({
            ...world,
            t,
            shopper: async (options) => {
                const shopper = await world.visit(options);
                open.push(shopper);
                return shopper;
            },
            settings: async (change) => {
                changed = true;
                await world.gateway.staff.set(change);
            },
        });
    } finally {
        await Promise.all(open.map((shopper) => shopper.close()));
        if (changed) await world.gateway.staff.set(SETTINGS);
    }
};

for (const group of [
    visit,
    markdown,
    visitors,
    network,
    places,
    installers,
    themes,
    people,
    languages,
    accessibility,
]) {
    describe(group.name, { concurrency: false }, () => group(scene));
}

// What build.mjs makes on the fly.

/** What is known of the languages without asking. */
declare module "virtual:languages" {
    export const english: typeof import("../languages/en.json");
    /** The words for the button, by language. */
    export const button: Readonly<Record<string, { open: string; close: string }>>;
    /** Names this edition of the texts. */
    export const edition: string;
}

/** A style sheet, minified, as text. */
declare module "*.css" {
    const sheet: string;
    export default sheet;
}

/** From package.json. */
declare const VERSION: string;

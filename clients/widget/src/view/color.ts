// Colours that can be read, out of those that the shop has chosen (WCAG 2.2, 1.4.3 and 1.4.11).

export type Color = readonly [red: number, green: number, blue: number];

const BLACK: Color = [0, 0, 0];
const WHITE: Color = [255, 255, 255];
/** Text of any size. */
export const LEGIBLE = 4.5;

/** `#RRGGBB` or `#RGB`; null for anything else. */
export function parseColor(text: string | null | undefined): Color | null {
    if (!/^#([\da-f]{3}){1,2}$/i.test(text ?? "")) return null;
    const parts = text?.match(text.length > 4 ? /[^#]{2}/g : /[^#]/g) ?? [];
    return parts.map((part) => parseInt(part.padEnd(2, part), 16)) as unknown as Color;
}

export const formatColor = (color: Color) => `#${color.map((part) => part.toString(16).padStart(2, "0")).join("")}`;

function luminance(color: Color): number {
    const [red, green, blue] = color.map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one: Color, other: Color): number {
    const [less, more] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
    return (more + 0.05) / (less + 0.05);
}

/** The wanted colour for text on this ground if it can be read there, else black or white. */
export function legibleOn(ground: Color, wanted: Color | null): Color {
    if (wanted && contrast(ground, wanted) >= LEGIBLE) return wanted;
    return contrast(ground, WHITE) >= contrast(ground, BLACK) ? WHITE : BLACK;
}

/** The colour, darkened or lightened until it can be told from this ground. */
export function adjusted(color: Color, ground: Color, least = LEGIBLE): Color {
    const towards = contrast(ground, BLACK) > contrast(ground, WHITE) ? BLACK : WHITE;
    for (let share = 0; share < 1; share += 0.05) {
        const mixed = color.map((part, place) =>
            Math.round(part + ((towards[place] ?? 0) - part) * share),
        ) as unknown as Color;
        if (contrast(mixed, ground) >= least) return mixed;
    }
    return towards;
}

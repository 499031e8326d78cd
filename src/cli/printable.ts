// Text of images and registries, made fit for a terminal: their control characters could move the cursor, or press keys
// (ECMA-48; CVE-2003-0063).

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** JSON escapes the others itself, and is laid out by the line feed and the tab. */
const controlsOfJson = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line: each control character becomes a space. */
export const printable = (text: string): string => text.replace(controls, ' ');

/** JSON that says the same, with every control character escaped (RFC 8259, section 7). */
export const printableJson = (json: string): string =>
  json.replace(controlsOfJson, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

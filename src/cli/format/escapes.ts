// html, js and urlquery: the escapes of Go's text/template.
const htmlEscapes: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

export const escapeHtml = (text: string): string => text.replace(/[\0"'&<>]/g, (character) => htmlEscapes[character]!);

/** For a string literal of JavaScript, inside HTML as well. */
export function escapeJs(text: string): string {
  return text.replace(/[\\'"]|[<>&=]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
    if (/[\\'"]/.test(character)) return `\\${character}`;
    return `\\u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

/** For a value in the query of a URL. */
export function escapeQuery(text: string): string {
  const bytes = encodeURIComponent(text.toWellFormed());
  return bytes
    .replace(/%20/g, '+')
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

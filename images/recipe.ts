// What a recipe for a small image says: the files of its one layer and how it is run. Recipes need no network, only what
// Debian's packages put on the machine.

export type RecipeEntry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: Uint8Array | string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

export interface Recipe {
  readonly entries: readonly RecipeEntry[];
  readonly env: readonly string[];
  readonly command: readonly string[];
}

export const folder = (path: string, mode = 0o755): RecipeEntry => ({ kind: 'folder', path, mode });
export const file = (path: string, content: Uint8Array | string, mode = 0o644): RecipeEntry => ({
  kind: 'file',
  path,
  mode,
  content,
});
export const link = (path: string, target: string): RecipeEntry => ({ kind: 'link', path, target });

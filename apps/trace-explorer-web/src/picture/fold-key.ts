/**
 * A short name of a fold, for the address. FNV-1a: the same in every browser. Two folds of one
 * picture may get the same name; its caller tells them apart.
 */
export function foldKey(text: string): string {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return (value >>> 0).toString(36);
}

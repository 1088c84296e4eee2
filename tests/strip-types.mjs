// Jest's transform: Node's own type stripping, so tests run the same source that Node runs, with no compiler between.
import { stripTypeScriptTypes } from "node:module";

export function process(source) {
  return { code: stripTypeScriptTypes(source) };
}

// Jest's transform: Node's own type stripping, so tests run the same source that Node runs, with no compiler between.
import { stripTypeScriptTypes } from "node:module";

// biome-ignore lint/style/noDefaultExport: Jest finds a transform by its default export
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};

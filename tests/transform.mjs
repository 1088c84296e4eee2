// Jest's transform: Node's own type stripping, so tests run the same source that Node runs, with no compiler between.
import { stripTypeScriptTypes } from "node:module";

// Each test file runs in a vm context, where every look at a global goes through an interceptor: random numbers alone took 40% of
// a test of seasons. Jest mends that for CommonJS (its setting sandboxInjectedGlobals); this does it for modules.
const NEAR_GLOBALS = "const { Math } = globalThis; ";

// biome-ignore lint/style/noDefaultExport: Jest finds a transform by its default export
export default {
  process: (source) => ({ code: NEAR_GLOBALS + stripTypeScriptTypes(source) }),
};

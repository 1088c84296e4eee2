// A serverless plugin: builds the console before functions are packaged, so that get-console finds its files.

import { buildWeb } from "../build-web.ts";

class ConsoleFiles {
  hooks = { "before:package:initialize": buildWeb };
}

// biome-ignore lint/style/noDefaultExport: the framework finds a plugin by its default export
export default ConsoleFiles;

// The plugin that both stacks share; the framework takes none from outside the directory of its
// serverless.yml.
import FunctionRoles from "../scripts/deploy/function-roles.ts";

// biome-ignore lint/style/noDefaultExport: the framework finds a plugin by its default export
export default FunctionRoles;

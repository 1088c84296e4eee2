/**
 * What CloudFormation's intrinsic functions return for the resources that the local runtime has made.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
import type { Json } from "./variables.ts";

/** AWS account of everything local; fauxqs and dynoxide use the same. */
export const accountId = "000000000000";

export interface Resource {
  ref: string;
  /** What `Fn::GetAtt` may ask for. */
  attributes: Record<string, string>;
}

export type Resources = Map<string, Resource>;

/** Returns the text an environment variable or an ARN property stands for. Throws on what does not exist. */
export function resolveIntrinsic(value: Json, resources: Resources): string {
  if (value === null || typeof value !== "object") return String(value);
  const [[name, argument], ...others] = Object.entries(value);
  if (others.length === 0 && name === "Ref") return resourceNamed(String(argument), resources).ref;
  if (others.length === 0 && name === "Fn::GetAtt" && Array.isArray(argument)) {
    return attributeOf(String(argument[0]), String(argument[1]), resources);
  }
  if (others.length === 0 && name === "Fn::Sub" && typeof argument === "string") {
    return argument.replace(/\$\{([^!}][^}]*)\}/g, (_, expression: string) => {
      const [id, attribute] = expression.split(/\.(.*)/s);
      return attribute ? attributeOf(id, attribute, resources) : resourceNamed(id, resources).ref;
    });
  }
  throw new Error(`serverless.yml: the local runtime does not know ${JSON.stringify(value)}`);
}

function resourceNamed(id: string, resources: Resources): Resource {
  const resource = resources.get(id);
  if (!resource) throw new Error(`serverless.yml: ${id} is used but not made by the local runtime`);
  return resource;
}

function attributeOf(id: string, attribute: string, resources: Resources): string {
  const value = resourceNamed(id, resources).attributes[attribute];
  if (value === undefined) throw new Error(`serverless.yml: ${id} has no attribute ${attribute}`);
  return value;
}

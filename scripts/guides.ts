/**
 * Guides of the console: an esbuild plugin that turns a Markdown file (CommonMark with GitHub's tables) into
 * elements for the page. HTML in a file is left out, so a guide holds nothing but what Markdown can say.
 */
import { readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import type { Plugin } from "esbuild";
import GithubSlugger from "github-slugger";
import type { Element, ElementContent, RootContent } from "hast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { toHast } from "mdast-util-to-hast";
import { gfmTable } from "micromark-extension-gfm-table";
import type { GuideNode } from "../src/web/guides.ts";

const ROOT = join(import.meta.dirname, "..");

/** `docs/rounds.md` is the guide `rounds`, the README is `readme`. */
const guideNameOf = (file: string): string => basename(file, ".md").toLowerCase();

const textOf = (node: ElementContent): string =>
  node.type === "text" ? node.value : node.type === "element" ? node.children.map(textOf).join("") : "";

/** Where a link of `file` leads: within the guides, to another host, or to a file that no page shows. */
function linkOf(file: string, href: string): Record<string, string> {
  if (/^https?:/.test(href)) return { href };
  const [path, section] = href.split("#");
  const target = path === "" ? file : relative(ROOT, join(ROOT, dirname(file), path));
  if (!target.endsWith(".md")) return {};
  return { guide: guideNameOf(target), ...(section === undefined ? {} : { section }) };
}

function propertiesOf(file: string, { tagName, properties, children }: Element, slugger: GithubSlugger) {
  if (tagName === "a") return linkOf(file, String(properties.href));
  if (/^h[1-6]$/.test(tagName)) return { id: slugger.slug(children.map(textOf).join("")) };
  const { align, start } = properties;
  return { ...(align ? { align: String(align) } : {}), ...(start ? { start: String(start) } : {}) };
}

function nodesOf(file: string, nodes: readonly RootContent[], slugger: GithubSlugger): GuideNode[] {
  return nodes.flatMap((node): GuideNode[] => {
    if (node.type === "text") return [node.value];
    if (node.type !== "element") return [];
    // The page has no files but its own, so a picture is what is said of it.
    if (node.tagName === "img") return [["em", {}, [String(node.properties.alt)]]];
    const properties = propertiesOf(file, node, slugger);
    return [[node.tagName, properties, nodesOf(file, node.children, slugger)]];
  });
}

/** The elements of Markdown, with links as from `file`, whose path is relative to the repository. */
export function guideOf(file: string, markdown: string): GuideNode[] {
  const mdastExtensions = [gfmTableFromMarkdown()];
  const root = toHast(fromMarkdown(markdown, { extensions: [gfmTable()], mdastExtensions }));
  return root.type === "root" ? nodesOf(file, root.children, new GithubSlugger()) : [];
}

/** `import { guide } from "../../docs/rounds.md"` */
export const guidesPlugin: Plugin = {
  name: "guides",
  setup(build) {
    build.onLoad({ filter: /\.md$/ }, ({ path }) => {
      const guide = guideOf(relative(ROOT, path), readFileSync(path, "utf8"));
      const contents = `export const guide = ${JSON.stringify(guide)};`;
      return { contents, loader: "js" };
    });
  },
};

import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { guideOf } from "../../scripts/guides.ts";
import { GUIDES, type GuideNode, isGuide } from "../../src/web/guides.ts";

const fileOf = (name: string): string => (name === "readme" ? "README.md" : `docs/${name}.md`);
const readGuide = (name: string) => guideOf(fileOf(name), readFileSync(fileOf(name), "utf8"));

function propertiesIn(nodes: readonly GuideNode[], tags: RegExp): Record<string, string>[] {
  return nodes.flatMap((node) => {
    if (typeof node === "string") return [];
    const [tag, properties, children] = node;
    return [...(tags.test(tag) ? [properties] : []), ...propertiesIn(children, tags)];
  });
}

test("every link from one guide to a section of another leads to a heading there", () => {
  const names = Object.keys(GUIDES);
  const headings = names.flatMap((name) =>
    propertiesIn(readGuide(name), /^h\d$/).map(({ id }) => `${name}/${id}`),
  );
  const links = names.flatMap((name) => propertiesIn(readGuide(name), /^a$/));
  const sections = links.filter(({ guide, section }) => isGuide(guide) && section);
  expect(sections.length).toBeGreaterThan(3);
  expect(headings).toEqual(
    expect.arrayContaining(sections.map(({ guide, section }) => `${guide}/${section}`)),
  );
});

test("a guide holds no HTML of its file, no picture, and no link to a file that no page shows", () => {
  const markdown = "<b>*so*</b> ![a cat](cat.png) [code](../src/web) [rounds](rounds.md#cadence)";
  expect(guideOf("docs/a.md", markdown)).toEqual([
    [
      "p",
      {},
      [
        ["em", {}, ["so"]],
        " ",
        ["em", {}, ["a cat"]],
        " ",
        ["a", {}, ["code"]],
        " ",
        ["a", { guide: "rounds", section: "cadence" }, ["rounds"]],
      ],
    ],
  ]);
});

/** Guides: files of the repository that the build turns into elements, each loaded when somebody opens it. */

/** An element with its properties and children, or a text. */
export type GuideNode = string | [tag: string, properties: Record<string, string>, children: GuideNode[]];

/** By their names in the address. */
export const GUIDES = {
  readme: () => import("../../README.md"),
  rounds: () => import("../../docs/rounds.md"),
  imports: () => import("../../docs/imports.md"),
  versions: () => import("../../docs/versions.md"),
  evidence: () => import("../../docs/evidence.md"),
  runbook: () => import("../../docs/runbook.md"),
} satisfies Record<string, () => Promise<{ guide: GuideNode[] }>>;

export type GuideName = keyof typeof GUIDES;

export const isGuide = (name: string | undefined): name is GuideName =>
  name !== undefined && Object.hasOwn(GUIDES, name);

/** Documents for whoever comes, signed in or not: the API's reference and the guides, loaded when opened. */

import { GUIDES, type GuideName, isGuide } from "../guides.ts";
import { useLoaded } from "../loaded.ts";
import { addressOf } from "../router.ts";
import { DOCS_TEXTS as T } from "../texts/docs.ts";
import { Shown } from "../widgets.tsx";
import { GuideView } from "./guide.tsx";

function Reference() {
  const loaded = useLoaded(() => import("./api-reference.tsx"), []);
  return <Shown of={loaded}>{({ ApiReference }) => <ApiReference />}</Shown>;
}

export function Docs({ words: [name, section] }: { words: string[] }) {
  const open = isGuide(name) ? name : null;
  const link = (guide: GuideName | null) => (
    <a
      key={guide}
      href={guide === null ? addressOf("docs") : addressOf("docs", guide)}
      aria-current={guide === open ? "page" : undefined}
    >
      {guide === null ? T.reference : T.guides[guide]}
    </a>
  );
  return (
    <>
      <nav class="tabs" aria-label={T.nav}>
        {link(null)}
        {(Object.keys(GUIDES) as GuideName[]).map(link)}
      </nav>
      {open === null ? <Reference /> : <GuideView key={open} name={open} section={section} />}
    </>
  );
}

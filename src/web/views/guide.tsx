/** A guide, from the elements that the build has made of its Markdown. */
import { type ComponentChildren, h } from "preact";
import { useEffect } from "preact/hooks";
import { GUIDES, type GuideName, type GuideNode, isGuide } from "../guides.ts";
import { useLoaded } from "../loaded.ts";
import { addressOf } from "../router.ts";
import { Shown } from "../widgets.tsx";

/** What a phone is too narrow for scrolls by itself, also by keyboard. */
const WIDE = new Set(["pre", "table"]);

function linked({ guide, section, href }: Record<string, string>, children: ComponentChildren[]) {
  if (href) return <a href={href}>{children}</a>;
  if (!isGuide(guide)) return <>{children}</>; // a file of the repository, which no page shows
  return <a href={addressOf("docs", guide, ...(section ? [section] : []))}>{children}</a>;
}

function shown(node: GuideNode): ComponentChildren {
  if (typeof node === "string") return node;
  const [tag, properties, nodes] = node;
  const children = nodes.map(shown);
  if (tag === "a") return linked(properties, children);
  // A heading without a text would be read out as nothing.
  const element = h(tag === "th" && nodes.length === 0 ? "td" : tag, properties, ...children);
  if (!WIDE.has(tag)) return element;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of a keyboard
    <div class="wide" tabIndex={0}>
      {element}
    </div>
  );
}

export function GuideView({ name, section }: { name: GuideName; section: string | undefined }) {
  const loaded = useLoaded(GUIDES[name], [name]);
  const { value } = loaded.value;
  useEffect(() => {
    if (!value) return;
    if (section) document.getElementById(section)?.scrollIntoView();
    else scrollTo(0, 0);
  }, [value, section]);
  return <Shown of={loaded}>{({ guide }) => <article class="guide">{guide.map(shown)}</article>}</Shown>;
}

/**
 * The OpenAPI document by Swagger UI: of the renderers it alone does without inline styles, which the page's
 * policy forbids. This module is loaded for this view alone, since it weighs more than all the rest.
 */
import { useEffect, useRef } from "preact/hooks";
import theirStyles from "swagger-ui-dist/swagger-ui.css" with { type: "text" };
import SwaggerUi, { type Component, type System } from "swagger-ui-dist/swagger-ui-es-bundle.js";
import ourStyles from "../api-reference.css" with { type: "text" };
import { get } from "../calls.ts";
import { useLoaded } from "../loaded.ts";
import { BASE_URL, token } from "../session.ts";
import { DOCS_TEXTS as T } from "../texts/docs.ts";
import { Shown } from "../widgets.tsx";

const sheet = new CSSStyleSheet();
sheet.replaceSync(theirStyles + ourStyles);

/** Their fields for a request's body have no label. */
const labelled =
  (Field: Component, { React }: System) =>
  (properties: object) =>
    React.createElement(Field, { "aria-label": T.body, ...properties });

/** Calls and webhooks alone: the page itself has the heading, the landmarks, the server and the sign-in. */
const callsPlugin = ({ React, getComponent }: System) => ({
  components: {
    Calls: () =>
      React.createElement(
        "div",
        { className: "swagger-ui" },
        React.createElement(getComponent("operations", true)),
        React.createElement(getComponent("Webhooks", true)),
      ),
  },
  wrapComponents: { authorizeOperationBtn: () => () => null, TextArea: labelled, Input: labelled },
});

/** One for as long as somebody is signed in: what they have opened and typed is there when they come back. */
let place: { element: HTMLElement; of: string | null } | undefined;

async function readPlace(): Promise<HTMLElement> {
  const of = token.value;
  if (place?.of === of) return place.element;
  const spec = await get<object>("/openapi.json");
  const domNode = document.createElement("div");
  SwaggerUi({
    domNode,
    spec: { ...spec, servers: [{ url: BASE_URL }] },
    validatorUrl: null,
    plugins: [callsPlugin],
    layout: "Calls",
    syntaxHighlight: false, // its colours are too pale
    showMutatedRequest: false, // or it would show the token
    requestInterceptor(request) {
      if (token.value !== null) request.headers.authorization = `Bearer ${token.value}`;
      return request;
    },
  });
  place = { element: domNode, of };
  return domNode;
}

function Placed({ element }: { element: HTMLElement }) {
  const parent = useRef<HTMLDivElement>(null);
  useEffect(() => {
    parent.current?.replaceChildren(element);
    document.adoptedStyleSheets.push(sheet);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const { classList } = document.documentElement;
    const follow = () => classList.toggle("dark-mode", dark.matches);
    follow();
    dark.addEventListener("change", follow);
    return () => {
      dark.removeEventListener("change", follow);
      classList.remove("dark-mode");
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
    };
  }, [element]);
  return <div ref={parent} />;
}

export function ApiReference() {
  const loaded = useLoaded(readPlace, [token.value]);
  return (
    <section>
      <h1>{T.heading}</h1>
      <h2>{T.reference}</h2>
      <p class="quiet">{token.value === null ? T.signedOut : T.signedIn}</p>
      <Shown of={loaded}>{(element) => <Placed element={element} />}</Shown>
    </section>
  );
}

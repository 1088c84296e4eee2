/** Files that are no code, as scripts/build-web.ts makes modules of them; and a library without types. */

declare module "*.css" {
  /** Of a style that is imported `with { type: "text" }`. */
  const text: string;
  // biome-ignore lint/style/noDefaultExport: so esbuild imports a text
  export default text;
}

declare module "*.md" {
  export const guide: import("./guides.ts").GuideNode[];
}

declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  export type Component = (properties: object) => unknown;
  export interface System {
    React: { createElement(type: string | Component, properties?: object, ...children: unknown[]): unknown };
    getComponent(name: string, isContainer: boolean): Component;
  }
  interface Plugin {
    components: Record<string, Component>;
    wrapComponents: Record<string, (original: Component, system: System) => Component>;
  }
  interface SentRequest {
    headers: Record<string, string>;
  }
  interface Options {
    domNode: HTMLElement;
    spec: object;
    /** Null: no service of somebody else checks the document. */
    validatorUrl: null;
    plugins: ((system: System) => Plugin)[];
    layout: string;
    syntaxHighlight: false;
    showMutatedRequest: false;
    requestInterceptor(request: SentRequest): SentRequest;
  }
  // biome-ignore lint/style/noDefaultExport: so the library exports it
  export default function SwaggerUi(options: Options): void;
}

// The code that puts the chat into a page, with this token's value and this deployment's address.

export interface Embedding {
  /** Where the API answers. */
  api: string;
  /** The token's value. */
  value: string;
  /** The folder of the widget's files, with its version in it. */
  widget: string;
  version: string;
}

export function html({ api, value, widget }: Embedding): string {
  return `<link rel="stylesheet" href="${attribute(widget)}/widget.css" data-persona="true">
<script src="${attribute(widget)}/index.global.js"></script>
<script>
  const chat = AgentWidget.initAgentWidget({
    target: "body",
    config: {
      apiUrl: ${literal(api)},
      clientToken: ${literal(value)},
      welcome: { variant: "none" },
      errorMessage: (error) => error.message,
      onSessionInit: ({ config }) => chat.update({
        copy: { inputPlaceholder: config.placeholder },
        ...(config.theme && { theme: config.theme }),
      }),
    },
  });
</script>
`;
}

export function react({ api, value }: Embedding): string {
  return `import { useEffect } from "react";
import { initAgentWidget } from "@runtypelabs/persona";
import "@runtypelabs/persona/widget.css";

export function Chat() {
  useEffect(() => {
    const chat = initAgentWidget({
      target: "body",
      config: {
        apiUrl: ${literal(api)},
        clientToken: ${literal(value)},
        welcome: { variant: "none" },
        errorMessage: (error) => error.message,
        onSessionInit: ({ config }) => chat.update({
          copy: { inputPlaceholder: config.placeholder ?? undefined },
          ...(config.theme && { theme: config.theme }),
        }),
      },
    });
    return () => chat.destroy();
  }, []);
  return null;
}
`;
}

/** The command that installs the version that was tried with this deployment. */
export function install({ version }: Embedding): string {
  return `npm install --save-exact @runtypelabs/persona@${version}`;
}

/** A string in a script that stands in HTML: nothing in it may end the script. */
function literal(text: string): string {
  return JSON.stringify(text).replaceAll('<', '\\u003c');
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

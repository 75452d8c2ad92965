// Puts the widget into the preview's page, with the settings of the snippets; nothing of the chat is kept in the browser.
import { isSettings } from './settings.ts';

interface Session {
  config: { placeholder?: string; theme?: object | null };
}

declare const AgentWidget: { initAgentWidget: (options: object) => { update: (config: object) => void } };

function mount(clientToken: string): void {
  const chat = AgentWidget.initAgentWidget({
    target: '#chat',
    config: {
      apiUrl: location.origin,
      clientToken,
      persistState: false,
      colorScheme: 'auto',
      launcher: { enabled: false, fullHeight: true, width: '100%' },
      welcome: { variant: 'none' },
      voiceRecognition: { enabled: false },
      errorMessage: (error: Error) => error.message,
      onSessionInit: ({ config }: Session) =>
        chat.update({ copy: { inputPlaceholder: config.placeholder }, ...(config.theme && { theme: config.theme }) }),
    },
  });
}

// Only the console, which framed this page, is listened to, and only once.
const listen = ({ origin, source, data }: MessageEvent): void => {
  if (origin !== location.origin || source !== parent || !isSettings(data)) return;
  removeEventListener('message', listen);
  mount(data.clientToken);
};
addEventListener('message', listen);
if (parent !== window) parent.postMessage('ready', location.origin);

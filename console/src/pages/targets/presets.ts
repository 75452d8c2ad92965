// Services that speak chat completions: where each is, and what it wants otherwise than OpenAI does.
export interface Preset {
  value: string;
  label: string;
  baseUrl: string;
  /** The name of the Worker secret with the key; empty where none is needed. */
  secret: string;
  /** The page where keys are made. */
  keys?: string;
  /** What is left to do. */
  note?: string;
  /** The settings in which it differs, as the form has them. */
  query?: string;
  authHeader?: string;
  maxOutputTokensAs?: string;
}

export const PRESETS: Preset[] = [
  {
    value: 'openai',
    label: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    secret: 'UPSTREAM_OPENAI',
    keys: 'https://platform.openai.com/api-keys',
  },
  {
    value: 'azure',
    label: 'Azure OpenAI',
    baseUrl: 'https://YOUR-RESOURCE.openai.azure.com/openai/deployments/YOUR-DEPLOYMENT',
    secret: 'UPSTREAM_AZURE',
    keys: 'https://portal.azure.com/',
    note: 'Write your own resource and deployment into the base URL, and list its host in the variable UPSTREAM_AZURE_HOSTS.',
    query: 'api-version=2024-10-21',
    authHeader: 'api-key',
  },
  {
    value: 'gemini',
    label: 'Google Gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    secret: 'UPSTREAM_GEMINI',
    keys: 'https://aistudio.google.com/apikey',
  },
  {
    value: 'mistral',
    label: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    secret: 'UPSTREAM_MISTRAL',
    keys: 'https://console.mistral.ai/api-keys',
    maxOutputTokensAs: 'max_tokens',
  },
  {
    value: 'anthropic',
    label: 'Anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    secret: 'UPSTREAM_ANTHROPIC',
    keys: 'https://console.anthropic.com/settings/keys',
  },
  {
    value: 'openrouter',
    label: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    secret: 'UPSTREAM_OPENROUTER',
    keys: 'https://openrouter.ai/settings/keys',
  },
  {
    value: 'ollama',
    label: 'Ollama',
    baseUrl: 'http://localhost:11434/v1',
    secret: '',
    note: 'It needs no key. A Worker reaches it on its own machine or network only: at Cloudflare, give it an https address.',
    maxOutputTokensAs: 'max_tokens',
  },
  {
    value: 'vllm',
    label: 'vLLM',
    baseUrl: 'http://localhost:8000/v1',
    secret: '',
    note: 'It needs a key only if it was started with one. A Worker reaches it on its own machine or network only: at Cloudflare, give it an https address.',
  },
];

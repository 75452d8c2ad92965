// What the console tells the preview's page.
export interface Settings {
  clientToken: string;
}

export function isSettings(data: unknown): data is Settings {
  return typeof data === 'object' && data !== null && typeof (data as Partial<Settings>).clientToken === 'string';
}

// Puts the console into its page.
import { render } from 'preact';
import { App } from './app';
import { watchUnsaved } from './ui/unsaved';

const root = document.getElementById('console');
if (root) {
  root.replaceChildren();
  watchUnsaved();
  render(<App />, root);
}

// The Worker as wrangler.toml describes it, in the words of Miniflare.
import { dirname } from 'node:path';
import { unstable_getMiniflareWorkerOptions as optionsOf, unstable_readConfig as readConfig } from 'wrangler';

// Without it wrangler tells, each time it is asked, that it has seen .dev.vars.
process.env.WRANGLER_LOG ??= 'warn';

export const config = readConfig({ config: 'wrangler.toml' });

/** What the Worker is bound to, with the variables of wrangler.toml and without the secrets of any machine. */
export function bindings() {
  const { modulesRules, bindings: _, ...bound } = optionsOf(config).workerOptions;
  return { ...bound, name: config.name, bindings: config.vars };
}

/** The same with the built Worker. */
export function worker() {
  const { modulesRules } = optionsOf(config).workerOptions;
  return {
    ...bindings(),
    modules: true,
    scriptPath: config.main,
    modulesRoot: dirname(config.main),
    modulesRules: [{ type: 'ESModule', include: ['**/*.js'] }, ...modulesRules],
  };
}

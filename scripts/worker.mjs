// The Worker of wrangler.toml as options for Miniflare.
import { dirname } from 'node:path';
import { unstable_getMiniflareWorkerOptions as optionsOf, unstable_readConfig as readConfig } from 'wrangler';

// At its usual level wrangler prints at each call that it has read .dev.vars.
process.env.WRANGLER_LOG ??= 'warn';

export const config = readConfig({ config: 'wrangler.toml' });

/** The Worker's bindings and the variables of wrangler.toml, without this machine's secrets. */
export function bindings() {
  const { modulesRules, bindings: _, assets: __, ...bound } = optionsOf(config).workerOptions;
  return { ...bound, name: config.name, bindings: config.vars };
}

/** The console and what else is served as a file, before the Worker is asked. */
export function assets() {
  return { assets: optionsOf(config).workerOptions.assets };
}

/** The same options, with the modules of the Worker that was built at `main`. */
export function worker(main = config.main) {
  const { modulesRules } = optionsOf(config).workerOptions;
  return {
    ...bindings(),
    modules: true,
    scriptPath: main,
    modulesRoot: dirname(main),
    modulesRules: [{ type: 'ESModule', include: ['**/*.js'] }, ...modulesRules],
  };
}

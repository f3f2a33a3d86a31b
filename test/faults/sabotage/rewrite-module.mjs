// Builds that must be caught: preloaded into a service, this changes the text of one of its modules while it is loaded.
import { registerHooks } from 'node:module';

/** Each `[from, to]` must be found; a build that was not sabotaged must not pass for one. */
export function rewriteModule(path, replacements) {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.endsWith(path)) return loaded;
      let source = String(loaded.source);
      for (const [from, to] of replacements) {
        if (!source.includes(from)) throw new Error(`${path} has no ${JSON.stringify(from)}`);
        source = source.replace(from, () => to);
      }
      return { ...loaded, source };
    },
  });
}

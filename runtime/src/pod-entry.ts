/**
 * What a pod's image runs: `pod.mjs` beside it, from the compile cache that was made when the image was built. A bundle
 * without a warm one runs all the same, and takes 4 MB more.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { optimizeLater } from './tiering.ts';

// V8 takes compiled code only under the flags that it was made with, so they are set before.
optimizeLater();
// The image holds the folder elsewhere than the machine that built it.
process.env['NODE_COMPILE_CACHE_PORTABLE'] = '1';
enableCompileCache(join(import.meta.dirname, 'compile-cache'));
await import(new URL('pod.mjs', import.meta.url).href);

/** `npm run build`: the bundles that go into the images. */
import { relative } from 'node:path';
import { buildBundles, bundlePath, COMPONENTS } from './bundles.ts';
import { ROOT } from './run-step.ts';

await buildBundles();
for (const component of COMPONENTS) console.log(relative(ROOT, bundlePath(component)));

/**
 * Whether there is a FormData is asked by axios when it is loaded, and to answer Node loads all of `fetch`, some 5 MB that a
 * producer never uses. To be imported before everything else.
 */
delete (globalThis as { FormData?: unknown }).FormData;

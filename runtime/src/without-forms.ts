/**
 * Whether there is a FormData is asked by axios when it is loaded, and to answer Node loads all of `fetch`, some 8 MB that a
 * pod never uses. To be imported before everything else.
 */
delete (globalThis as { FormData?: unknown }).FormData;

/** Dialect of a CSV or TSV body. */
export interface Dialect {
  /** A blank takes any run of blanks for one. @default , */
  delimiter?: string;
  /** @default " */
  quote?: string;
  /** Before a mark of the dialect, makes it a character, such as a backslash; a doubled quote is one in any case. */
  escape?: string | undefined;
  /** Whether a line names the cells. @default true */
  header?: boolean;
  /** The header is the line whose first cell is this; a later such line begins a new block with its own names. */
  headerStarts?: string | undefined;
  /** Lines that name the cells together, each name joined by blanks. @default 1 */
  headerLines?: number;
  /** Names where no line gives them, or instead of those that it gives. */
  names?: readonly string[] | undefined;
  /** Lines of preamble before anything else. @default 0 */
  skipLines?: number;
  /** Lines that begin so are left out. */
  comment?: string | undefined;
  /** Take blanks from both ends of each cell. @default false */
  trim?: boolean;
}

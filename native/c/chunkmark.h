/* chunkmark.h: Zarr arrays and versioned HDF5 files from C.
 *
 * An array goes from the caller's memory to the store and back without a copy in between, whatever its codec. Handles
 * are opaque; what describes something is JSON text, so that it can grow; elements are pointers. A program:
 *
 *   chunkmark_array *array;
 *   const uint64_t start[] = {0, 0}, extents[] = {10, 20};
 *   float block[10][20];
 *   if (chunkmark_array_open("s3://bucket/data.zarr/t", 0, &array) != CHUNKMARK_OK ||
 *       chunkmark_array_read(array, start, extents, block, NULL) != CHUNKMARK_OK) {
 *     fprintf(stderr, "%s\n", chunkmark_error());
 *   }
 *   chunkmark_array_free(array);
 *
 * Every call that may fail returns a status, and sets *result of those that have one to NULL where it fails. URLs: a
 * path, file://, s3://bucket/prefix (settings and keys as the AWS tools have them), http(s):// for reading. JSON
 * documents with members that are not known here are refused.
 *
 * Threads: calls on one array of Zarr's may be made from several threads, as long as no two write to one chunk; calls
 * on a versioned file, its datasets and its stages wait for each other, and so do commits of one process. A handle is
 * freed once, when no call uses it; freeing NULL does nothing. After fork() the child may go on with arrays.
 *
 * Within one major version members and functions are added, never changed.
 */
#ifndef CHUNKMARK_H
#define CHUNKMARK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CHUNKMARK_API __attribute__((visibility("default")))
#else
#define CHUNKMARK_API
#endif

typedef enum chunkmark_status {
  CHUNKMARK_OK = 0,
  CHUNKMARK_NOT_FOUND = 1,
  CHUNKMARK_CONFLICT = 2, /* a name that is taken, another writer */
  CHUNKMARK_CORRUPT = 3,
  CHUNKMARK_UNSUPPORTED = 4,
  CHUNKMARK_INVALID_ARGUMENT = 5,
  CHUNKMARK_IO = 6,
  CHUNKMARK_UNAVAILABLE = 7, /* a server that does not answer */
  CHUNKMARK_CANCELLED = 8,
  CHUNKMARK_OUT_OF_MEMORY = 9
} chunkmark_status;

typedef struct chunkmark_array chunkmark_array; /* of Zarr; or a dataset of a version, or of a stage */
typedef struct chunkmark_file chunkmark_file;   /* a versioned HDF5 file */
typedef struct chunkmark_stage chunkmark_stage; /* a version in the making */

/* "0.1.0" */
CHUNKMARK_API const char* chunkmark_version(void);
/* What went wrong in the last call of this thread that failed: the object, what was expected, what was found. Valid
 * until the next one. */
CHUNKMARK_API const char* chunkmark_error(void);
/* Frees text that a call has given. */
CHUNKMARK_API void chunkmark_text_free(char* text);

/* ---- arrays ---- */

/* The array at a URL, of Zarr 2 or 3. `threads` read and write: 0 is as many as there are processors, 16 at most. */
CHUNKMARK_API chunkmark_status chunkmark_array_open(const char* url, unsigned threads, chunkmark_array** array);

/* A new one. `options` are JSON:
 *
 *   "shape", "dtype"           needed: [10000, 10000], and NumPy's name, in any byte order: "<f4"
 *   "chunks", "shards"         default: the shape, and no shards
 *   "format"                   2 or 3 (default)
 *   "codecs"                   "none" (default), "blosc", "zstd", "gzip", "lz4", or the list of Zarr 3
 *   "fill_value"               default: 0
 *   "attributes"               an object
 *   "dimension_names"          of Zarr 3: ["y", "x"]
 *   "durability"               what each chunk survives: "none" (default), "process_crash", "power_loss"
 *   "overwrite"                true: an array that is there is removed first
 *
 * Errors: CHUNKMARK_CONFLICT where something is there. */
CHUNKMARK_API chunkmark_status chunkmark_array_create(const char* url, const char* options, unsigned threads,
                                                      chunkmark_array** array);

CHUNKMARK_API void chunkmark_array_free(chunkmark_array* array);

CHUNKMARK_API size_t chunkmark_array_rank(const chunkmark_array* array);
/* Of a stage's dataset: valid until it is resized. */
CHUNKMARK_API const uint64_t* chunkmark_array_shape(const chunkmark_array* array);
/* NumPy's name of the elements as they are in memory, "<f4"; of structs its description as JSON, [["x", "<f4"], ..];
 * "|O": variable-length strings, which have calls of their own. */
CHUNKMARK_API const char* chunkmark_array_dtype(const chunkmark_array* array);
CHUNKMARK_API size_t chunkmark_array_item_bytes(const chunkmark_array* array);
/* {"shape", "dtype", "chunks", "codecs", "fill_value", "attributes", ..}: what `chunkmark array info --json` prints. Of
 * a dataset of a versioned file {"path", "shape", "dtype", "chunks"}. */
CHUNKMARK_API chunkmark_status chunkmark_array_info(chunkmark_array* array, char** json);

/* The box of `extents` from `start` on, to and from memory whose elements lie `strides` bytes apart (negative ones
 * too): `data` is the address of the first. start NULL: from the origin; extents NULL: all behind that; strides NULL:
 * dense, in C order. After an error in reading, the memory holds anything. In writing, each chunk is old or new. */
CHUNKMARK_API chunkmark_status chunkmark_array_read(chunkmark_array* array, const uint64_t* start,
                                                    const uint64_t* extents, void* data, const int64_t* strides);
CHUNKMARK_API chunkmark_status chunkmark_array_write(chunkmark_array* array, const uint64_t* start,
                                                     const uint64_t* extents, const void* data, const int64_t* strides);

/* Variable-length strings of a box in C order: found(context, text, bytes) for each; the text is valid during the call.
 */
typedef void (*chunkmark_found_string)(void* context, const char* text, size_t bytes);
CHUNKMARK_API chunkmark_status chunkmark_array_read_strings(chunkmark_array* array, const uint64_t* start,
                                                            const uint64_t* extents, chunkmark_found_string found,
                                                            void* context);
/* As many as the box has elements, each with its bytes. */
CHUNKMARK_API chunkmark_status chunkmark_array_write_strings(chunkmark_array* array, const uint64_t* start,
                                                             const uint64_t* extents, const char* const* texts,
                                                             const size_t* bytes);

/* ---- only datasets of a stage ---- */

/* New elements are the fill value. */
CHUNKMARK_API chunkmark_status chunkmark_array_resize(chunkmark_array* array, const uint64_t* shape);
/* Single elements: `positions` holds `count` indexes of as many numbers as the array has dimensions, `data` the
 * elements one after the other. Where an index comes twice, the last one counts. */
CHUNKMARK_API chunkmark_status chunkmark_array_write_elements(chunkmark_array* array, size_t count,
                                                              const uint64_t* positions, const void* data);

/* ---- versioned HDF5 files ---- */

/* A file that versioned-hdf5 or Chunkmark has written: a path, or a URL for reading. */
CHUNKMARK_API chunkmark_status chunkmark_file_open(const char* path_or_url, chunkmark_file** file);
/* A new local file without versions, opened. Errors: CHUNKMARK_CONFLICT where there is one. */
CHUNKMARK_API chunkmark_status chunkmark_file_create(const char* path, chunkmark_file** file);
/* Gives back the writer's lock, and closes the file: later calls on it or what is of it fail. */
CHUNKMARK_API void chunkmark_file_close(chunkmark_file* file);
CHUNKMARK_API void chunkmark_file_free(chunkmark_file* file);

/* {"current": "r2", "versions": [{"name", "previous", "timestamp", "message", "committed"}, ..]}, as they are now. */
CHUNKMARK_API chunkmark_status chunkmark_file_versions(chunkmark_file* file, char** json);
/* Paths of a version's datasets as a list; version NULL: the current one. */
CHUNKMARK_API chunkmark_status chunkmark_file_datasets(chunkmark_file* file, const char* version, char** json);
CHUNKMARK_API chunkmark_status chunkmark_file_dataset(chunkmark_file* file, const char* version, const char* path,
                                                      chunkmark_array** array);

/* A new version, as its parent is; nothing is in the file before the commit. The first one takes the lock of the file's
 * only writer, until chunkmark_file_close(). `options`: {"parent": "r1" (default: the current version; "": none),
 * "wait_seconds": 0}. Errors: CHUNKMARK_CONFLICT for a name that is taken, or another writer. */
CHUNKMARK_API chunkmark_status chunkmark_file_stage(chunkmark_file* file, const char* name, const char* options,
                                                    chunkmark_stage** stage);
CHUNKMARK_API void chunkmark_stage_free(chunkmark_stage* stage);

CHUNKMARK_API chunkmark_status chunkmark_stage_datasets(chunkmark_stage* stage, char** json);
CHUNKMARK_API chunkmark_status chunkmark_stage_dataset(chunkmark_stage* stage, const char* path,
                                                       chunkmark_array** array);
/* `options`: {"shape": [1000], "dtype": "<f8" ("|O": strings), "chunks": [4096], "compression": "none" (gzip[:LEVEL],
 * lzf, zstd[:LEVEL], blosc[:LEVEL])}. Errors: CHUNKMARK_CONFLICT for a name that is taken. */
CHUNKMARK_API chunkmark_status chunkmark_stage_create_dataset(chunkmark_stage* stage, const char* path,
                                                              const char* options, chunkmark_array** array);
/* A dataset, or a group with all that is in it. */
CHUNKMARK_API chunkmark_status chunkmark_stage_remove(chunkmark_stage* stage, const char* path);
/* `options`: {"message": "..", "durability": "power_loss" (none, process_crash), "make_current": true, "time":
 * microseconds since 1970 (default: now)}. All of it is in the file, or nothing. `summary`, unless NULL:
 * {"chunks_written", "chunks_found", "datasets_written", "datasets_unchanged"}. The stage and its datasets are then
 * done. */
CHUNKMARK_API chunkmark_status chunkmark_stage_commit(chunkmark_stage* stage, const char* options, char** summary);

#ifdef __cplusplus
}
#endif

#endif

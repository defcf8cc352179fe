/* Zarr arrays from C: arrays FOLDER. Makes one, writes a part that lies in columns, and reads it back. */
#include <chunkmark.h>
#include <stdio.h>
#include <string.h>

static int failed(const char* what) {
  fprintf(stderr, "%s: %s\n", what, chunkmark_error());
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  chunkmark_array* array = NULL;
  if (chunkmark_array_create(argv[1],
                             "{\"shape\": [4, 6], \"dtype\": \"<f4\", \"chunks\": [2, 3], \"codecs\": \"zstd\", "
                             "\"fill_value\": -1, \"attributes\": {\"unit\": \"K\"}}",
                             0, &array) != CHUNKMARK_OK) {
    return failed("create");
  }
  /* Column by column in memory: one row of the array is 4 floats apart, one column next to the other. */
  float columns[5][4];
  for (int column = 0; column < 5; ++column) {
    for (int row = 0; row < 4; ++row) columns[column][row] = (float)(10 * row + column);
  }
  const uint64_t start[] = {0, 1}, extents[] = {4, 5};
  const int64_t strides[] = {sizeof(float), 4 * sizeof(float)};
  if (chunkmark_array_write(array, start, extents, columns, strides) != CHUNKMARK_OK) return failed("write");
  chunkmark_array_free(array);

  if (chunkmark_array_open(argv[1], 1, &array) != CHUNKMARK_OK) return failed("open");
  float back[4][6];
  if (chunkmark_array_read(array, NULL, NULL, back, NULL) != CHUNKMARK_OK) return failed("read");
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 6; ++column) {
      if (back[row][column] != (column == 0 ? -1 : (float)(10 * row + column - 1))) return 1;
    }
  }
  const uint64_t outside[] = {3, 0};
  const uint64_t two_rows[] = {2, 6};
  const chunkmark_status status = chunkmark_array_read(array, outside, two_rows, back, NULL);
  char* info = NULL;
  if (chunkmark_array_info(array, &info) != CHUNKMARK_OK) return failed("info");
  printf("%s, %zu dimensions, %s, status %d: %s\n", chunkmark_array_dtype(array), chunkmark_array_rank(array),
         strstr(info, "\"unit\":\"K\"") != NULL ? "unit K" : info, (int)status, chunkmark_error());
  chunkmark_text_free(info);
  chunkmark_array_free(array);
  return 0;
}

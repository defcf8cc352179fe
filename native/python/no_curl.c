/* libcurl.so.4 as far as the HDF5 library is linked to it: for its reader of S3 objects, which Chunkmark does not use,
 * since it reads buckets itself. In the wheel it takes the place of curl and the thirty libraries behind that. No
 * handle is ever given, so that the reader ends with an error of HDF5's.
 *
 * Built by wheel.py, with the version of symbols that the distribution's libcurl has.
 */
#include <stddef.h>

int curl_global_init(long flags) {
  (void)flags;
  return 0;
}
void curl_global_cleanup(void) {}
void* curl_easy_init(void) {
  return NULL;
}
void curl_easy_cleanup(void* handle) {
  (void)handle;
}
int curl_easy_perform(void* handle) {
  (void)handle;
  return 2; /* CURLE_FAILED_INIT */
}
int curl_easy_setopt(void* handle, int option, ...) {
  (void)handle;
  (void)option;
  return 2;
}
void* curl_slist_append(void* list, const char* text) {
  (void)list;
  (void)text;
  return NULL;
}
void curl_slist_free_all(void* list) {
  (void)list;
}

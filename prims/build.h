/* build - what this library was built with. */
#ifndef WEIR_PRIMS_BUILD_H
#define WEIR_PRIMS_BUILD_H

#ifdef __cplusplus
extern "C" {
#endif

/* One line, static: "weir 0.1.0 (gcc 12.2.0) line=64 parker=adaptive spsc=cached ...", each kind with the variant that
 * its short names mean. Any thread, any time. */
const char *weir_build_info(void);

#ifdef __cplusplus
}
#endif
#endif

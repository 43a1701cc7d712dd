/*
 * openapi.S: the OpenAPI document inside the program. The path below counts from the project's root, where
 * make runs; an object made from this file depends on openapi.json.
 */
    .section .rodata
    .global openapi_json
    .global openapi_json_end
    .type openapi_json, @object
    .type openapi_json_end, @object
    .balign 16
openapi_json:
    .incbin "fcgi-app/openapi.json"
openapi_json_end:
    .byte 0
    .size openapi_json, . - openapi_json
    .section .note.GNU-stack, "", %progbits

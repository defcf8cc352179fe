// The requests on stored arrays, by name (api/api.h): what a page's engine and a server offer of the storage half.
//
// `file` and `store` are numbers of the workspace. A region is [[start...], [shape...]] or absent for all. Elements lie
// in row-major order, in the host's byte order, in the workspace's result; of variable-length strings the answer has a
// list. Errors: those of the formats, and kInvalidArgument for parameters.
#pragma once

#include "api/api.h"
#include "requests/open_file.h"
#include "requests/workspace.h"
#include "storage/store/store.h"

namespace chunkmark::requests {

using Files = Workspace<OpenFile>;
using Stores = Workspace<store::Store>;

// hdf5.log     {file}                         -> {versions: [{name, previous, timestamp, committed}] | null, current}
// hdf5.index   {file}, with what `h5 index` made of it in `data` -> {}: headers then come from there
// hdf5.tree    {file, version?}               -> {groups: [...], datasets: {PATH: facts}, attributes}
// hdf5.dataset {file, version?, path}         -> facts: {shape, dtype, chunks, bytes}, and which version's they are
// hdf5.attributes {file, version?, path}      -> {NAME: value}
// hdf5.read    {file, version?, path, region?} -> {shape, dtype[, strings]} and the elements
// hdf5.want    {file, version?, path, region?} -> {there}: lets what that read needs come, and does not wait
void add_hdf5_methods(api::MethodTable& methods, Files& files);

// hdf5.create  {time}                         -> {} and the bytes of a file with no version in it
// hdf5.recover {file, journal}                -> {replayed}: finishes or forgets a commit that was cut off
// hdf5.commit  {file, journal?, version, parent?, time, message?, delete: [...], set: [{path, shape, dtype, chunks?,
// fill?, compression?,
//              region?, at}]}, with the elements in `data`, each array from its byte `at` on -> what was written
void add_commit_methods(api::MethodTable& methods, Files& files);

// zarr.open    {store, path}                  -> {format, shape, chunks, shards, dtype, codecs, attributes, warnings}
// zarr.list    {store, path}                  -> {members: [{name, kind}], attributes}
// zarr.create  {store, path, format, shape, chunks, shards?, dtype, codec, fill?, attributes?}  -> as open
// zarr.read    {store, path, region?}         -> {shape, dtype[, strings]} and the elements
// zarr.want    {store, path, region?}         -> {there}: lets what that read needs come, and does not wait
// zarr.write   {store, path, region?}, with the elements in `data` -> {}
void add_zarr_methods(api::MethodTable& methods, Stores& stores);

}  // namespace chunkmark::requests

// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Map layouts from an object's BTF (Documentation/bpf/btf.rst in the kernel).

use std::collections::BTreeMap;

use libbpf_rs::btf::{
    Btf, BtfKind, BtfType, HasSize, TypeId,
    types::{Array, DataSec, Enum, Enum64, Int, IntEncoding, MemberAttr, Struct},
};

use super::{BpfError, MapFacts, ObjectFacts, is_event_buffer};
use crate::{Field, Kind, Layout, MapSchema, limits};

/// How deep structs and arrays may nest.
const DEPTH: u32 = 8;
/// How many fields a layout may have.
const FIELDS: usize = 1024;

/// The layout of every map that the program's author declared, by the map's
/// name in the object.
///
/// # Errors
/// [`BpfError`]: no BTF, a map that is untyped, too complex, or pins itself.
pub fn map_layouts(
    object: &[u8],
    facts: &ObjectFacts,
) -> Result<BTreeMap<String, MapSchema>, BpfError> {
    let btf = Btf::from_raw("bpfsign", object)
        .map_err(|error| BpfError::Open(error.to_string()))?
        .ok_or(BpfError::NoBtf)?;
    let declarations = declarations(&btf);
    let declared_maps = facts.maps.iter().filter(|map| !map.internal);
    declared_maps
        .map(|map| {
            let declared = declarations.get(&map.name);
            if declared.is_some_and(|d| member(d, "pinning").is_some()) {
                return Err(BpfError::PinsItself(map.name.clone()));
            }
            let layout = |part: &str, size| {
                if holds_no_data(&map.map_type) {
                    return Ok(Layout { size, fields: Vec::new() });
                }
                let ty = declared
                    .and_then(|d| pointed_member(&btf, d, part))
                    .ok_or_else(|| BpfError::Untyped(map.name.clone()))?;
                layout(&btf, &ty, part, size, map)
            };
            let schema = MapSchema {
                help: String::new(),
                map_type: map.map_type.clone(),
                max_entries: map.max_entries,
                per_cpu: map.map_type.contains("percpu"),
                key: layout("key", map.key_size)?,
                value: layout("value", map.value_size)?,
                metrics: Vec::new(),
            };
            Ok((map.name.clone(), schema))
        })
        .collect()
}

/// Maps of events, programs or cgroups: no agent reads keys and values there.
fn holds_no_data(map_type: &str) -> bool {
    is_event_buffer(map_type) || ["user_ringbuf", "prog_array", "cgroup_array"].contains(&map_type)
}

/// The structs that declare maps: variables of the `.maps` section.
fn declarations<'b>(btf: &'b Btf<'b>) -> BTreeMap<String, Struct<'b>> {
    let Some(section) = btf.type_by_name::<DataSec<'_>>(".maps") else {
        return BTreeMap::new();
    };
    (0..section.len())
        .filter_map(|i| btf.type_by_id::<BtfType<'_>>(section.get(i)?.ty))
        .filter_map(|var| {
            let declaration = var.next_type()?.skip_mods_and_typedefs();
            let name = var.name()?.to_string_lossy().into_owned();
            Some((name, Struct::try_from(declaration).ok()?))
        })
        .collect()
}

/// The type of the member with this name.
fn member(map: &Struct<'_>, name: &str) -> Option<TypeId> {
    (0..map.len())
        .filter_map(|i| map.get(i))
        .find(|m| m.name.is_some_and(|n| n == name))
        .map(|m| m.ty)
}

/// `__type(key, T)` declares a member `T *key`: the type `T`.
fn pointed_member<'b>(btf: &'b Btf<'b>, map: &Struct<'b>, name: &str) -> Option<BtfType<'b>> {
    let pointer = resolve(btf, member(map, name)?)?;
    if pointer.kind() != BtfKind::Ptr {
        return None;
    }
    Some(pointer.next_type()?.skip_mods_and_typedefs())
}

/// The type with this number, without typedefs and qualifiers.
fn resolve<'b>(btf: &'b Btf<'b>, id: TypeId) -> Option<BtfType<'b>> {
    Some(btf.type_by_id::<BtfType<'b>>(id)?.skip_mods_and_typedefs())
}

fn layout(
    btf: &Btf<'_>,
    ty: &BtfType<'_>,
    scalar: &str,
    size: u32,
    map: &MapFacts,
) -> Result<Layout, BpfError> {
    let mut fields = Vec::new();
    let place = Place { name: scalar.to_owned(), offset: 0, member: false };
    flatten(btf, ty, place, DEPTH, &mut fields)
        .ok_or_else(|| BpfError::TooComplex(map.name.clone()))?;
    Ok(Layout { size, fields })
}

/// Where a type lies in the key or value, and what it is called there.
struct Place {
    name: String,
    offset: u32,
    member: bool,
}

/// Adds the fields of a type; `None` when that would be too much.
fn flatten(
    btf: &Btf<'_>,
    ty: &BtfType<'_>,
    place: Place,
    depth: u32,
    fields: &mut Vec<Field>,
) -> Option<()> {
    if fields.len() >= FIELDS {
        return None;
    }
    if let Ok(composite) = Struct::try_from(*ty) {
        return flatten_struct(btf, &composite, &place, depth, fields);
    }
    let (kind, size, count) = match Array::try_from(*ty) {
        Ok(array) => array_shape(btf, &array, depth)?,
        Err(_) => scalar_shape(btf, ty, depth)?,
    };
    if !(1..=limits::FIELD_COUNT).contains(&count) {
        return None;
    }
    let Place { name, offset, .. } = place;
    fields.push(Field { name, offset, size, count, kind, unit: None, histogram: None });
    Some(())
}

fn flatten_struct(
    btf: &Btf<'_>,
    composite: &Struct<'_>,
    place: &Place,
    depth: u32,
    fields: &mut Vec<Field>,
) -> Option<()> {
    for member in (0..composite.len()).filter_map(|i| composite.get(i)) {
        let MemberAttr::Normal { offset: bits } = member.attr else { return None };
        let name = member.name.unwrap_or_default().to_string_lossy();
        let inner = Place {
            name: if place.member { format!("{}.{name}", place.name) } else { name.into_owned() },
            offset: place.offset.checked_add(bits / 8)?,
            member: true,
        };
        let ty = resolve(btf, member.ty)?;
        flatten(btf, &ty, inner, depth.checked_sub(1)?, fields)?;
    }
    Some(())
}

/// Kind, element size and count of an array field.
fn array_shape(btf: &Btf<'_>, array: &Array<'_>, depth: u32) -> Option<(Kind, u32, u32)> {
    let element = array.contained_type().skip_mods_and_typedefs();
    let capacity = u32::try_from(array.capacity()).ok()?;
    if let Ok(int) = Int::try_from(element) {
        let (kind, size) = int_shape(&int);
        let text = size == 1 && is_char(&int);
        return Some((if text { Kind::Text } else { kind }, size, capacity));
    }
    let element_bytes = bytes_of(btf, &element, depth)?;
    Some((Kind::Bytes, 1, element_bytes.checked_mul(capacity)?))
}

/// Kind, size and count of a field that is neither struct nor array.
fn scalar_shape(btf: &Btf<'_>, ty: &BtfType<'_>, depth: u32) -> Option<(Kind, u32, u32)> {
    if let Ok(int) = Int::try_from(*ty) {
        let (kind, size) = int_shape(&int);
        return Some((kind, size, 1));
    }
    if let Ok(value) = Enum::try_from(*ty) {
        let kind = if value.is_signed() { Kind::Int } else { Kind::Uint };
        return Some((kind, value.size() as u32, 1));
    }
    if let Ok(value) = Enum64::try_from(*ty) {
        let kind = if value.is_signed() { Kind::Int } else { Kind::Uint };
        return Some((kind, value.size() as u32, 1));
    }
    Some((Kind::Bytes, 1, bytes_of(btf, ty, depth)?))
}

fn int_shape(int: &Int<'_>) -> (Kind, u32) {
    let kind = match int.encoding {
        IntEncoding::Bool => Kind::Bool,
        IntEncoding::Signed => Kind::Int,
        _ => Kind::Uint,
    };
    (kind, int.size() as u32)
}

/// clang gives `char` the signed encoding and this name.
fn is_char(int: &Int<'_>) -> bool {
    matches!(int.encoding, IntEncoding::Char) || int.name().is_some_and(|n| n == "char")
}

fn bytes_of(btf: &Btf<'_>, ty: &BtfType<'_>, depth: u32) -> Option<u32> {
    use libbpf_rs::btf::types::{Composite, Float};
    if let Ok(array) = Array::try_from(*ty) {
        let element = array.contained_type().skip_mods_and_typedefs();
        let count = u32::try_from(array.capacity()).ok()?;
        return bytes_of(btf, &element, depth.checked_sub(1)?)?.checked_mul(count);
    }
    let size = match ty.kind() {
        BtfKind::Int => Int::try_from(*ty).ok()?.size(),
        BtfKind::Struct | BtfKind::Union => Composite::try_from(*ty).ok()?.size(),
        BtfKind::Float => Float::try_from(*ty).ok()?.size(),
        BtfKind::Enum => Enum::try_from(*ty).ok()?.size(),
        BtfKind::Enum64 => Enum64::try_from(*ty).ok()?.size(),
        BtfKind::Ptr => btf.ptr_size().ok()?.get(),
        _ => return None,
    };
    u32::try_from(size).ok()
}

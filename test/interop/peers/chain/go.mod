module waybill.dev/interop/chain

go 1.26

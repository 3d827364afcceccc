"""A radiotherapy plan with a beam for the CT phantom (PS3.3 section A.20).

One static photon beam of 10 cm x 10 cm looks at the nodule from the front, in one fraction.  It refers to the structure
set that the phantoms have already; nobody was irradiated.
"""

from phantoms.derived import derived, derived_reference
from phantoms.grid import ds
from phantoms.modules import DATE, TIME
from phantoms.multiframe import group
from phantoms.rt import CENTRE
from pydicom.dataset import Dataset
from pydicom.uid import RTPlanStorage, RTStructureSetStorage

JAWS = ("X", "Y")
METERSET = "200"


def beam_plan() -> Dataset:
    """Return the plan, with its file meta information."""
    data = derived(RTPlanStorage, "RTPLAN", "rt-beam-plan", 15, "Plan with one beam")
    data.OperatorsName, data.ApprovalStatus = "", "UNAPPROVED"
    data.RTPlanLabel, data.RTPlanDate, data.RTPlanTime = "FRONT", DATE, TIME
    data.RTPlanGeometry, data.PlanIntent = "PATIENT", "RESEARCH"
    data.ReferencedStructureSetSequence = [derived_reference(RTStructureSetStorage, "rt-structure-set")]
    data.FractionGroupSequence = group(
        FractionGroupNumber=1,
        NumberOfFractionsPlanned=1,
        NumberOfBeams=1,
        NumberOfBrachyApplicationSetups=0,
        ReferencedBeamSequence=group(BeamDose="2", BeamMeterset=METERSET, ReferencedBeamNumber=1),
    )
    data.BeamSequence = [_beam()]
    data.PatientSetupSequence = group(PatientPosition="HFS", PatientSetupNumber=1)
    return data


def _beam() -> Dataset:
    return group(
        Manufacturer="zoopkg",
        TreatmentMachineName="ZOO",
        PrimaryDosimeterUnit="MU",
        SourceAxisDistance="1000",
        BeamLimitingDeviceSequence=[group(RTBeamLimitingDeviceType=jaws, NumberOfLeafJawPairs=1)[0] for jaws in JAWS],
        BeamNumber=1,
        BeamName="Front",
        BeamType="STATIC",
        RadiationType="PHOTON",
        TreatmentDeliveryType="TREATMENT",
        NumberOfWedges=0,
        NumberOfCompensators=0,
        NumberOfBoli=0,
        NumberOfBlocks=0,
        FinalCumulativeMetersetWeight="1",
        NumberOfControlPoints=2,
        ControlPointSequence=[_start(), *group(ControlPointIndex=1, CumulativeMetersetWeight="1")],
        ReferencedPatientSetupNumber=1,
    )[0]


def _start() -> Dataset:
    return group(
        ControlPointIndex=0,
        NominalBeamEnergy="6",
        DoseRateSet="600",
        BeamLimitingDevicePositionSequence=[
            group(RTBeamLimitingDeviceType=jaws, LeafJawPositions=["-50", "50"])[0] for jaws in JAWS
        ],
        GantryAngle="0",
        GantryRotationDirection="NONE",
        BeamLimitingDeviceAngle="0",
        BeamLimitingDeviceRotationDirection="NONE",
        PatientSupportAngle="0",
        PatientSupportRotationDirection="NONE",
        TableTopEccentricAngle="0",
        TableTopEccentricRotationDirection="NONE",
        TableTopVerticalPosition=None,
        TableTopLongitudinalPosition=None,
        TableTopLateralPosition=None,
        IsocenterPosition=[ds(value) for value in CENTRE],
        CumulativeMetersetWeight="0",
    )[0]
